import { addressProblem } from "../values/addresses";
import { checkedText, whole } from "../values/forms";

/** The virtual IP as text. */
export const vipAddress = checkedText("the VIP, an IPv4 address that no machine has", addressProblem);

/** Prefix length of a VIP's subnet where the configuration gives none. */
export const USUAL_PREFIX = 24;

export const VIP_PREFIX = whole("the length of the VIP's subnet", 8, 30);

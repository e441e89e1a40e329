import { z } from "zod";
import { checkedText, expecting, flag } from "../values/forms";
import { describe } from "../values/problems";

const GATE = 'a feature gate of Kubernetes, such as "InPlacePodVerticalScaling"';

/** Feature gates by name; each part of the cluster gets all of them. */
export const featureGatesSchema = z
  .record(
    checkedText(GATE, name =>
      /^[A-Z][A-Za-z0-9]+$/.test(name) ? undefined : `found ${describe(name)}, expected ${GATE}`,
    ),
    flag(),
    expecting('an object of gate to true or false, such as {"InPlacePodVerticalScaling": true}'),
  )
  .default({});

import { describe } from "vitest";
import { BALANCERS, KEEPALIVED, endpoint, refuses, type Refusal } from "./samples";

describe("VRRP:", () =>
  refuses([
    [
      "no id",
      endpoint(KEEPALIVED, { virtualRouterId: undefined }),
      ["endpoint.virtualRouterId: found nothing, expected VRRP's id of this VIP, 1 to 255"],
    ],
    [
      "version 2 without its password",
      endpoint(KEEPALIVED, { vrrpVersion: 2, password: undefined }),
      [
        "endpoint.password: found nothing with VRRP version 2, expected 1 to 8 letters, digits or any of . _ + = % ^ : , / -; set it, or leave endpoint.vrrpVersion out, as version 3 has none",
      ],
    ],
    [
      "a password with version 3",
      endpoint(BALANCERS, { vrrpVersion: 3, password: "k8sapi01" }),
      [
        "endpoint.password: found one with VRRP version 3, expected none; that version has no password, and each machine lets in what comes from the other ones' addresses alone: leave it out, or set endpoint.vrrpVersion to 2",
      ],
    ],
    [
      "a version that there is not, and says nothing of the password then",
      endpoint(KEEPALIVED, { vrrpVersion: 4 }),
      ["endpoint.vrrpVersion: found 4, expected 2 or 3, a version of VRRP"],
    ],
    [
      "parts of a second with version 2, which a password means",
      endpoint(KEEPALIVED, { advertSeconds: 0.5 }),
      ["endpoint.advertSeconds: found 0.5, expected whole seconds, 1 to 10, as VRRP version 2 counts"],
    ],
    [
      "thousandths of a second",
      endpoint(BALANCERS, { advertSeconds: 0.125 }),
      ["endpoint.advertSeconds: found 0.125, expected seconds, 0.1 to 10, in hundredths"],
    ],
    [
      "an interval that a busy machine could not keep",
      endpoint(BALANCERS, { advertSeconds: 0.05 }),
      ["endpoint.advertSeconds: found 0.05, expected seconds, 0.1 to 10, in hundredths"],
    ],
    [
      "an id out of range",
      endpoint(KEEPALIVED, { virtualRouterId: 256 }),
      ["endpoint.virtualRouterId: found 256, expected VRRP's id of this VIP, 1 to 255"],
    ],
    [
      "a password longer than VRRP sends",
      endpoint(KEEPALIVED, { password: "ninechars" }),
      [
        "endpoint.password: found 9 characters, expected 1 to 8 letters, digits or any of . _ + = % ^ : , / -; VRRP sends eight bytes and drops the rest",
      ],
    ],
    [
      "an empty password",
      endpoint(KEEPALIVED, { password: "" }),
      ["endpoint.password: found an empty text, expected 1 to 8 letters, digits or any of . _ + = % ^ : , / -"],
    ],
    [
      "an unknown balancer",
      endpoint(KEEPALIVED, { balancer: "ha-proxy" }),
      ['endpoint.balancer: found "ha-proxy", expected haproxy or nginx; did you mean haproxy?'],
    ],
    [
      "balancer and API server on one port",
      endpoint(KEEPALIVED, { apiServerPort: 6443 }),
      [
        "endpoint.apiServerPort: found 6443, as endpoint.port, expected another; balancer and API server listen on the same machines",
      ],
    ],
    [
      "an API server on the kubelet's port",
      endpoint(KEEPALIVED, { apiServerPort: 10250 }),
      [
        "endpoint.apiServerPort: found 10250, the port of the kubelet on the same machines; expected a free port, such as 6443",
      ],
    ],
  ]));

const PASSWORD = "1 to 8 letters, digits or any of . _ + = % ^ : , / -";
const UNSAFE = {
  '"': "a double quote",
  "'": "a quote",
  "\\": "a backslash",
  "#": "a #",
  "!": "a !",
  $: "a $",
  "@": "an @",
  "{": "a brace",
  "\u0000": "a NUL",
  "\u007f": "a DEL",
  é: "an é",
};
const SPACES = { " ": "a space", "\t": "a tab", "\n": "an end of line" };

describe("what keepalived.conf could not carry as it is, and no message quotes:", () => {
  const password = (character: string) => `x7${character}q9`;
  refuses(
    Object.entries(UNSAFE).map(
      ([character, name]): Refusal => [
        `a password with ${name}`,
        endpoint(KEEPALIVED, { password: password(character) }),
        [`endpoint.password: found characters that keepalived reads as more than text, expected ${PASSWORD}`],
      ],
    ),
  );
  refuses(
    Object.entries(SPACES).map(
      ([character, name]): Refusal => [
        `a password with ${name}`,
        endpoint(BALANCERS, { password: password(character) }),
        [`endpoint.password: found spaces in it, expected ${PASSWORD}; keepalived would take the first word alone`],
      ],
    ),
  );
});

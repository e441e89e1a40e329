import { expect, it } from "vitest";
import { sourcesOf } from "../../machines/rootfs";

const DEB822 = `Types: deb
# http://snapshot.debian.org/archive/debian/20250520T000000Z
URIs: http://deb.debian.org/debian
Suites: bookworm bookworm-updates
Components: main

Types: deb
URIs: http://deb.debian.org/debian-security
Suites: bookworm-security
`;

it("a machine's packages come from where the host's come from, of the machine's own release", () => {
  expect(sourcesOf(DEB822, "trixie")).toBe(DEB822.replaceAll("bookworm", "trixie").replace(/^#.*\n/m, ""));
  expect(sourcesOf("deb http://deb.debian.org/debian trixie main\n", "bookworm")).toBe(
    "deb http://deb.debian.org/debian bookworm main\n",
  );
});

it("lists of other repositories are left out, though a release's name is a part of theirs", () => {
  expect(sourcesOf("deb https://packages.example.com/apt cloud-sdk-bookworm main\n", "bookworm")).toBeUndefined();
  expect(sourcesOf("# deb http://deb.debian.org/debian bookworm main\n", "bookworm")).toBeUndefined();
});

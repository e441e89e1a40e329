import type { Examination } from "../finding";
import type { SshFault } from "../report";

/** What each fault means, and what to do about it on a machine `name`. */
const FAULTS: Readonly<Record<SshFault["kind"], (machine: string) => { expected: string; todo: string }>> = {
  refused: () => ({
    expected: "an SSH server there",
    todo: "log in at its console and run 'systemctl start ssh'; if another machine has the address, correct it in the stack file",
  }),
  silent: () => ({
    expected: "an SSH server to answer",
    todo: "see that the machine is switched on and that its link is up; run 'systemctl status ssh' at its console",
  }),
  "unknown-host": () => ({ expected: "a name that DNS knows", todo: "correct the name in the stack file, or in DNS" }),
  "host-key": machine => ({
    expected: "the host key that the machine is known by",
    todo: `compare it with 'cat /etc/ssh/ssh_host_ed25519_key.pub' at the console of ${machine}: if it is the machine's own, write it into the stack file (hostKey), or forget the old one with 'ssh-keygen -R'; if not, another server is in its place`,
  }),
  login: () => ({
    expected: "this user to be let in by key",
    todo: "name the key in the stack file (ssh.privateKeyPath), with --identity, or give it to the agent with 'ssh-add'; the machine lists those that it takes in ~/.ssh/authorized_keys",
  }),
  sudo: () => ({
    expected: "'sudo' that asks for no password",
    todo: "give the user NOPASSWD with 'visudo -f /etc/sudoers.d/rackplane' on it, or log in as root",
  }),
  late: () => ({
    expected: "an answer in time",
    todo: "see what the machine is busy with, or stuck in: 'top' and 'dmesg' at its console; restart it where it hangs",
  }),
  failed: () => ({
    expected: "the machine to tell how it is",
    todo: "run 'pulumi up', which brings it to where it can; 'journalctl -u rackplane-prepare' on it says how far it came",
  }),
};

/** Every machine is reached over SSH, by the key that it is known by, with root's rights. */
export const ssh: Examination = {
  name: "ssh",
  examine: ({ machines }) =>
    machines.flatMap(({ name, where, fault }) =>
      fault === undefined
        ? []
        : [{ machines: [name], found: `SSH to ${where}: ${fault.words}`, ...FAULTS[fault.kind](name) }],
    ),
};

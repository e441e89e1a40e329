# shellcheck shell=bash
# A machine of the control plane is named as a worker: what the member that invites it and the machine itself say.

# shellcheck disable=SC2034  # who sources this reads it
A_WORKER="expected a new machine or a worker; nothing was changed; take it out of the stack file, run 'pulumi up', which has it leave, then name it as a worker"

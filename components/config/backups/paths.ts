import { checkedText } from "../values/forms";
import { describe } from "../values/problems";

const PATH = 'an absolute path of two folders or more, such as "/mnt/backups/prod"';

/** A path on machines: its first folder is where a disk is mounted, so that a disk that is missing is noticed. */
export const storePath = checkedText(PATH, path =>
  /^(\/[A-Za-z0-9._-]+){2,}$/.test(path) && !/\/\.{1,2}(\/|$)/.test(path) && path.length <= 200
    ? undefined
    : `found ${describe(path)}, expected ${PATH}`,
);

const WITHIN = 'a path of letters, digits and ". _ - /", such as "backups/prod"';

/** A path at a host or in a bucket. */
export const pathWithin = checkedText(WITHIN, path =>
  /^\/?[A-Za-z0-9._-]+(\/[A-Za-z0-9._-]+)*$/.test(path) && !/(^|\/)\.{1,2}(\/|$)/.test(path)
    ? undefined
    : `found ${describe(path)}, expected ${WITHIN}`,
);

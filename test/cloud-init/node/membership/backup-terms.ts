import type { BackupTerms, Store } from "../../../../cloud-init/contract/grant";

export const S3: Store = {
  kind: "s3",
  endpoint: "https://s3.example.com",
  bucket: "backups",
  path: "prod",
  region: "us-east-1",
  accessKey: "ID",
  secretKey: "S3KEY",
};
export const SFTP: Store = {
  kind: "sftp",
  host: "backups.example.com",
  port: 22,
  user: "rackplane",
  path: "prod",
  hostKey: "ssh-ed25519 HOSTKEY",
  privateKey: "PRIVATE KEY",
};
export const TERMS: BackupTerms = {
  timer: true,
  hours: 12,
  keep: 2,
  password: "0123456789abcdef",
  stores: [{ kind: "machine" }, S3],
};

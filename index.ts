import * as pulumi from "@pulumi/pulumi";
import { Cluster } from "./components";
import { readClusterArgs } from "./components/config/read";

const cluster = new Cluster(pulumi.getStack(), readClusterArgs());

export const endpoint = cluster.endpoint;
export const kubeconfig = cluster.kubeconfig;
export const caCertificate = cluster.caCertificate;
export const machines = cluster.machines;

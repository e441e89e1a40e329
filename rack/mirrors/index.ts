/** The rack's mirrors: the images a cluster pulls and the packages its machines install, without the internet. */
export { buildAptRepository, repositoryPath } from "./apt";
export { buildImages, registryStorage } from "./build-images";
export {
  CONFORMANCE_IMAGES,
  FLANNEL_IMAGE,
  furtherImages,
  imagesFor,
  KUBE_VIP_IMAGE,
  referenceOf,
  repositoryOf,
  type ImageSpec,
} from "./images";
export { startRegistry, type Registry, type RegistryOptions } from "./registry";
export { serveRepository } from "./serve-repository";

import { serve } from "../serve";
import { kubernetesProvider } from "./provider";

serve(kubernetesProvider());

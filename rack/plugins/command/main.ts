import { serve } from "../serve";
import { commandProvider } from "./provider";

serve(commandProvider);

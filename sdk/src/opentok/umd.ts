/** Entry of the script and CommonJS builds: the module is `OT` itself. */
export { OT as default } from "./ot";

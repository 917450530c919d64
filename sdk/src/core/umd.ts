/** Entry of the UMD build: the global is the namespace itself. */
import * as Exedra from "./index";

export default { ...Exedra };

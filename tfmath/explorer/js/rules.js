// One table: what the page knows of each operation.

import { ELEMENTWISE_ROWS } from "./rows_elementwise.js";
import { MODEL_ROWS } from "./rows_model.js";
import { MOVE_ROWS } from "./rows_moves.js";
import { REDUCTION_ROWS } from "./rows_reductions.js";

export const RULES = { ...ELEMENTWISE_ROWS, ...REDUCTION_ROWS, ...MOVE_ROWS, ...MODEL_ROWS };

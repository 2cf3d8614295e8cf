// SPDX-License-Identifier: GPL-2.0-or-later
//
//	node run.mjs [WORD...]	tests whose names have one of the words

import { run } from './harness.mjs';
import './document.mjs';
import './views.mjs';
import './numbers.mjs';
import './interaction.mjs';
import './hostile.mjs';
import './tool.mjs';

await run(process.argv.slice(2));

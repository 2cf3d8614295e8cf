// SPDX-License-Identifier: GPL-2.0
#define FRAME 512
#include "unwind_frame.h"

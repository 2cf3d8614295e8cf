// SPDX-License-Identifier: GPL-2.0
#define FRAME 800
#include "unwind_frame.h"

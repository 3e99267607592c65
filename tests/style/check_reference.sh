#!/bin/sh
# docs/scenario-reference.md is what the program prints. To renew it:
#   build/fray scenario --reference > docs/scenario-reference.md
"$FRAY_BINARY" scenario --reference | diff - "$FRAY_SOURCE_DIR/docs/scenario-reference.md"

#!/bin/sh
# The pages of keys are what the program prints. To renew them:
#   build/fray scenario --reference > docs/scenario-reference.md
#   build/fray import --reference > docs/import-reference.md
for command in scenario import; do
  "$FRAY_BINARY" $command --reference | diff - "$FRAY_SOURCE_DIR/docs/$command-reference.md" || exit 1
done

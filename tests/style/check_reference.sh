#!/bin/sh
# The pages of keys are what the program prints. To renew them:
#   build/fray scenario --reference > docs/scenario-reference.md
#   build/fray import --reference > docs/import-reference.md
#   build/fray list corruptions --reference > docs/corruptions.md
#   build/fray list servers --reference > docs/algorithms.md
for command in scenario import; do
  "$FRAY_BINARY" $command --reference | diff - "$FRAY_SOURCE_DIR/docs/$command-reference.md" || exit 1
done
"$FRAY_BINARY" list corruptions --reference | diff - "$FRAY_SOURCE_DIR/docs/corruptions.md" || exit 1
"$FRAY_BINARY" list servers --reference | diff - "$FRAY_SOURCE_DIR/docs/algorithms.md" || exit 1

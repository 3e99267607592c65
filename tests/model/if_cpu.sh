#!/bin/sh
# Runs a program if this CPU has the instructions of an x86-64 level; else says so and skips (77).
#   if_cpu.sh v1|v3|v4 PROGRAM
case $1 in
v1) needed= ;;
v3) needed="avx avx2 bmi1 bmi2 f16c fma movbe" ;;
v4) needed="avx2 fma avx512f avx512bw avx512cd avx512dq avx512vl" ;;
esac
for flag in $needed; do
  if ! grep -qw "$flag" /proc/cpuinfo; then
    echo "skipped: this CPU has no $flag"
    exit 77
  fi
done
exec "$2"

#!/bin/sh
# Starts @PROGRAM@ from the tree that this file is in, wherever that stands and whatever link leads here.
self=$0
[ ! -L "$self" ] || self=$(readlink -f -- "$self")
case $self in
*/*) ;;
*) self=./$self ;;
esac
home=${self%/*}/../libexec/banger

# The Node that was installed with it, then the one that it was installed with, then any.
if [ -x "$home/bin/node" ]; then
  node=$home/bin/node
elif [ -x @NODE@ ]; then
  node=@NODE@
elif ! node=$(command -v node); then
  echo 'error: cannot run @PROGRAM@: there is no node on the PATH; install Node 20.19 or newer' >&2
  exit 1
fi
exec "$node" "$home/bin/@PROGRAM@" "$@"

const script = 'ip link set lo up && export BANGER_TEST_NAMESPACES=own && exec "$@"';

/** Runs what follows in a network and a mount namespace of its own: what is made there ends with them. */
export const ownNamespaces = ['unshare', '--net', '--mount', '--', 'sh', '-c', script, 'sh'];

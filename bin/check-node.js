'use strict';
// Whether the Node that runs this can run banger. Written for every Node there is.

/** As in package.json; test/packaging/install.test.ts holds them together. */
const oldest = [20, 19];

/** Why it cannot, and what to do; undefined when it can. `abi` is what the SQLite binding was compiled for, if known. */
function whyNot(versions, abi) {
  const parts = versions.node.split('.').map(Number);
  if (parts[0] < oldest[0] || (parts[0] === oldest[0] && parts[1] < oldest[1])) {
    return `it needs Node ${oldest.join('.')} or newer, and this is ${versions.node}; install a newer one, first on the PATH`;
  }
  if (abi === undefined || abi === versions.modules) return undefined;
  return (
    `it was installed for a Node with the module version ${abi}, and Node ${versions.node} has ${versions.modules}; ` +
    'put that Node first on the PATH, or install banger again with this one'
  );
}

/** Ends the process with an error when it cannot. */
function checkNode(program, abi) {
  const why = whyNot(process.versions, abi);
  if (why === undefined) return;
  console.error(`error: cannot run ${program}: ${why}`);
  process.exit(1);
}

module.exports = { checkNode, whyNot };

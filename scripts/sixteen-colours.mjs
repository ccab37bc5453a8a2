// In the place of what guesses from the environment how many colours a terminal has: ours are among the first sixteen,
// and whether they are wanted is asked elsewhere (NO_COLOR).
const level = { level: 1, hasBasic: true, has256: false, has16m: false };
export default { stdout: level, stderr: level };

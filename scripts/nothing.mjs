// In the place of a package that is never used.
export default {};

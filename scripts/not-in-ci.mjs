// In the place of `is-in-ci`.
export default false;

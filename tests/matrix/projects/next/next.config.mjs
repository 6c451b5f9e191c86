// The folder of the project, said because there is a lock file above it, too.
export default { turbopack: { root: import.meta.dirname } };

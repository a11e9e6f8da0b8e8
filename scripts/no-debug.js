// In the place of the package debug, which looks at the terminal when it is loaded; nobody reads oclif's log.
const silent = Object.assign(() => undefined, { enabled: false, extend: () => silent });

export default () => silent;

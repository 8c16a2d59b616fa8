// Answers one line a fault: the rule, what it asks for, and the elements that break it.
const done = arguments[arguments.length - 1];
axe
  .run(document, { resultTypes: ["violations"] })
  .then(({ violations }) =>
    done(violations.map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map((node) => node.html).join(" ")}`)),
  )
  .catch((error) => done(String(error)));

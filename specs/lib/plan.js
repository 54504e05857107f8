"use strict";

// What `exo test` is about to run, as it wrote it:
//
//   exo           the program
//   application   its folder, and its name
//   logs          the folder for what scripts wrote whose scenario has failed
//   publicRoles   those whose ports must be free ones
//   services      noun → {role, records: {noun: {add, list, search, by, in, fields: [{column, name, type}], place}}}
//   roles         role → its versions, oldest first
//   specs         {role, version, script, files}: absolute paths
//   lacks         why other specs that are wanted cannot be run, for people
//   steps         files with steps of the application's own
//   options       keep, name, junit, json
class Plan {
  constructor(data) {
    Object.assign(this, data);
  }

  // The spec that a scenario is written in; `uri` as cucumber has it, absolute or relative to `cwd`.
  specOf(file) {
    const found = this.specs.find(({ files }) => files.includes(file));
    if (!found) throw new Error(`${file} is the spec of no deployment script`);
    return found;
  }

  // A service by what specs call it: {role, records}.
  service(noun) {
    const named = this.services[noun];
    if (named) return named;
    if (this.roles[noun]) return { role: noun, records: {} };
    const known = [...new Set([...Object.keys(this.services), ...Object.keys(this.roles)])];
    throw new Error(
      `nothing says what "${noun}" is: it is no role of the application, and deployment-scripts/nouns.yml does not have it; ` +
        `known are ${known.join(", ")}. Write there:\n${noun}:\n  role: ${Object.keys(this.roles)[0] ?? "ROLE"}`,
    );
  }

  // What a service holds, by what specs call it; `needed` is "add", "list" or "search".
  records(serviceNoun, noun, needed) {
    const { role, records } = this.service(serviceNoun);
    const found = records[noun];
    if (found?.[needed]) return found;
    const lines = [serviceNoun + ":", ...(role === serviceNoun ? [] : [`  role: ${role}`]), `  ${noun}:`, `    ${needed}: ${role}.${needed}`];
    const where = found ? `${found.place}: "${noun}" of ${serviceNoun} has no "${needed}:"` : `deployment-scripts/nouns.yml does not say what "${noun}" of ${serviceNoun} are`;
    throw new Error(`${where}; write there, with the message that ${role} receives:\n${lines.join("\n")}`);
  }

  // Those before it in the order of precedence, which is the order of the application's versions.
  olderVersions({ role, version }) {
    const versions = this.roles[role] ?? [];
    const at = versions.indexOf(version);
    return at < 0 ? [] : versions.slice(0, at);
  }
}

module.exports = { Plan };

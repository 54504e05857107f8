'use strict';

const assert = require('node:assert/strict');
const {rmSync} = require('node:fs');
const path = require('node:path');
const {Given, Then, When} = require('@cucumber/cucumber');
const {eventually} = require('../support/eventually');
const {RestlessClient} = require('../support/restless_client');

const slowFile = (world) => path.join(world.application.folder, 'slow');

Given('the services visits, signals and greeter@0.0.1, which can become slow', function() {
  this.application.addService('visits');
  this.application.addService('signals');
  this.application.addService('greeter', '0.0.1', {variables: {GREETER_IS_SLOW_WHILE: slowFile(this)}});
});

Given('its settings', function(text) {
  const {role, version} = this.underTest;
  this.application.write(`deployment-scripts/${role}-${version}.yml`, `${text}\n`);
});

When('a client greets all the time', async function() {
  const client = new RestlessClient();
  this.whenOver(() => client.halt());
  await eventually(
      'greeter@0.0.1 to be live', async () => (await this.version('greeter@0.0.1')).state === 'live');
  client.begin(async () => {}, () => this.ask('greeter.greet', {name: 'Kim'}));
});

When('the greeter becomes slow', function() { this.application.write('slow', ''); });

When('the greeter is fast again', function() { rmSync(slowFile(this)); });

Then('exo status tells that the offline phase of {word} may send {word}', async function(name, rate) {
  await eventually(`the rate ${rate}`, async () => {
    const {state, rate: found, slowed} = (await this.version(name)).scripts.offline;
    return state === 'running' && found === rate && slowed === undefined;
  });
});

Then('exo status tells that the offline phase of {word} is slowed by {string}', async function(name, cause) {
  await eventually(`the slowdown by ${cause}`, async () => {
    const {state, slowed} = (await this.version(name)).scripts.offline;
    return state === 'running' && new RegExp(cause).test(slowed ?? '');
  });
  const {output} = await this.exo('status');
  assert.match(output, new RegExp(`its offline phase is slowed to .*: .*${cause}`));
});

Then(
    'the end of the offline attempt says that it was slowed {int} time, because of {string}',
    async function(times, cause) {
      const end = await eventually(
          'the end of the attempt',
          async () =>
              (await this.history()).find(({event,
                                            phase}) => event === 'attempt-failed' && phase === 'offline'),
      );
      assert.equal(end.slowed.times, times, JSON.stringify(end));
      assert.ok(end.slowed.ms >= 1000, JSON.stringify(end));
      assert.match(end.slowed.because, new RegExp(cause));
    });

Then('no process of {string} is left', async function(command) {
  await eventually(
      `the end of ${command}`, () => this.processes().every(({command: found}) => !found.includes(command)));
});

Feature: ready means ready

  As the author of a service
  I want to say what my service needs around it, and when it is fit to serve
  So that nobody talks to it before, and nobody waits for it longer than needed.

  Rules
  - A version is ready when its relay has joined and what `ready` in its service.yml asks for holds.
  - It is asked on and on: what ceases to hold takes the readiness away.
  - `depends-on` holds the start of a service back until another is started, ready or live.
  - `limits` hold for the service and for what it starts.

  Scenario Outline: a service is ready when <what>
    Given the service patient with "<ready>" in its service.yml
    When exo begins to run the application
    Then patient@0.0.1 stays starting
    When patient may <do>
    Then exo run is ready
    And patient@0.0.1 is live and its gate is open

    Examples:
      | what                 | ready                              | do     |
      | it says so           | ready: {text: open for business}   | say    |
      | its port is open     | ready: {port: true}                | listen |

  Scenario: a service that is not ready gets no message, not even when it was live before
    Given the service patient with "ready: {text: open for business}" in its service.yml
    And patient may say
    When exo runs the application
    And exo run is stopped with SIGINT
    And patient may not say any more
    And exo begins to run the application
    Then patient@0.0.1 stays starting
    And the message "patient.limits" with a deadline of 500 ms is refused as expired
    When patient may say
    Then exo run is ready
    And the message "patient.limits" is answered

  Scenario: a service that does not answer for its health
    Given the service patient with "ready: {message: patient.health, every: 100ms, failures: 2}" in its service.yml
    And patient is ill
    When exo begins to run the application
    Then patient@0.0.1 stays starting
    When patient is well again
    Then exo run is ready
    When patient is ill
    Then exo run says that patient is not ready any more because of "not feeling well"
    And the message "patient.limits" with a deadline of 500 ms is refused as expired
    When patient is well again
    Then patient@0.0.1 has a ready instance

  Scenario: a service that is stopped in its tracks gets no message, until it goes on
    Given the service patient with "readiness: 60s" in its service.yml
    When exo runs the application
    And the process of patient@0.0.1 is stopped
    Then exo run says that patient is not ready any more because of "nothing is heard of it on the bus"
    And the message "patient.limits" with a deadline of 500 ms is refused as expired
    When the process of patient@0.0.1 goes on
    Then patient@0.0.1 has a ready instance
    And the message "patient.limits" is answered

  Scenario: a service that is never ready says what is lacking
    Given the service patient with "{ready: {port: true}, readiness: 1s}" in its service.yml
    When exo runs the application
    Then patient@0.0.1 is failed and its gate is held
    And exo run says that patient@0.0.1 failed because of "its port takes no connection"

  Scenario Outline: a service waits until another is <until>
    Given the service patient with "ready: {text: open for business}" in its service.yml
    And the service greeter with "depends-on: {patient: <until>}" in its service.yml
    When exo begins to run the application
    Then patient@0.0.1 stays starting
    And greeter@0.0.1 has no process
    When patient may say
    Then exo run is ready
    And 3 greetings are all answered by version 0.0.1

    Examples:
      | until |
      | ready |
      | live  |

  Scenario: a service waits until the process of another is there
    Given the service patient with "ready: {text: open for business}" in its service.yml
    And the service greeter with "depends-on: {patient: started}" in its service.yml
    When exo begins to run the application
    Then 3 greetings are all answered by version 0.0.1
    And patient@0.0.1 stays starting

  Scenario: a service whose dependency does not come
    Given the service patient with "{ready: {port: true}, readiness: 1s}" in its service.yml
    And the service greeter with "depends-on: [patient]" in its service.yml
    When exo runs the application
    Then greeter@0.0.1 is failed and its gate is held
    And exo run says that greeter@0.0.1 failed because of "it depends on patient being ready"
    When patient may listen
    Then greeter@0.0.1 has a ready instance

  Scenario: services that wait for each other
    Given the service visits with "depends-on: [greeter]" in its service.yml
    And the service greeter with "depends-on: [visits]" in its service.yml
    When exo is started
    Then exo run exits with code 1 and says "waits for"
    And it names greeter-0.0.1/service.yml with a line

  Scenario: limits of a service
    Given the service patient with "limits: {open-files: 123}" in its service.yml
    When exo runs the application
    Then patient has at most 123 open files

Feature: ready means ready

  As the author of a service
  I want to say what my service needs around it, and when it is fit to serve
  So that nobody talks to it before, and nobody waits for it longer than needed.

  Rules
  - A version is ready when its relay has joined and what `ready` in its service.yml asks for holds.
  - It is asked on and on: what ceases to hold takes the readiness away.
  - `depends-on` holds the start of a service back until another is started, ready or live.
  - `limits` hold for the service and for what it starts.
  - `restarts` says how long exo waits before it starts a service again that ended by itself.
  - `stop-within` says how long a service may take to end; its relay ends what is under way in less.

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

  Scenario: ready is before the offline script has succeeded, live is after it
    Given the service signals
    And the service visits with a deployment script whose offline phase waits for the signal
    And the service talker with "depends-on: {visits: ready}" in its service.yml
    And the service greeter with "depends-on: {visits: live}" in its service.yml
    When exo begins to run the application
    And the offline script of visits@0.0.1 waits for its signal
    Then talker@0.0.1 has a ready instance
    And visits@0.0.1 is preparing and its gate is held
    And greeter@0.0.1 has no process
    When the signal for the offline script is given
    Then exo run is ready
    And 3 greetings are all answered by version 0.0.1

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

  Scenario: limits that are too low for a start are named as what may be behind it
    Given the service patient with "{limits: {memory: 8MiB}, readiness: 2s}" in its service.yml
    When exo runs the application
    Then patient@0.0.1 is failed and its gate is held
    And exo run says that patient@0.0.1 failed because of "its limits may be too low for its start (memory: 8MiB in patient-0.0.1/service.yml)"

  Scenario: pauses between restarts that grow, up to the longest
    Given the service patient with "restarts: {pause: 20ms, longest-pause: 50ms}" in its service.yml
    When exo runs the application
    And patient is killed 4 times, each time when it is ready again
    Then exo run says that patient is started again in 20 ms, 40 ms, 50 ms, 50 ms

  Scenario: pauses between restarts begin anew after a service was steady
    Given the service patient with "restarts: {pause: 20ms, longest-pause: 50ms, steady-after: 1s}" in its service.yml
    When exo runs the application
    And patient is killed 2 times, each time when it was ready for 1.5 s
    Then exo run says that patient is started again in 20 ms, 20 ms

  Scenario: a service that does not end is ended after its stop-within
    Given the service lingerer with "stop-within: 1s" in its service.yml
    When exo runs the application
    And Ctrl-C is pressed
    And lingerer says that it is not done yet
    Then exo run ends in 1 to 6 s
    And no process of the application is left

  Scenario: a relay closes before its process is killed
    Given the service patient with "stop-within: 2s" in its service.yml
    When exo runs the application
    And patient has a message in hand that takes for ever
    And Ctrl-C is pressed
    Then exo run ends in 1 to 6 s
    And patient has said that its relay is closed

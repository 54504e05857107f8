Feature: a new application runs at once

  As a developer who begins
  I want an application and its first services made for me
  So that I start from something that runs.

  Rules
  - `exo init` and `exo add` name each file that they make or change, and overwrite nothing.
  - What they make runs as it is; comments in an application.yml stay.
  - A service that they have made and that hangs is noticed, for it is asked for its health.

  Scenario: an application with a service in each language
    Given an empty folder
    When somebody types exo init shop
    Then it has made shop/application.yml
    When somebody types exo add greeter --lang js --application shop
    Then it has made shop/greeter/service.js and shop/greeter/service.yml and changed shop/application.yml
    When somebody types exo add py-greeter --lang py --application shop
    Then it has made shop/py-greeter/service.py and shop/py-greeter/service.yml and changed shop/application.yml
    When somebody types exo add cpp-greeter --lang cpp --application shop
    Then it has made the files CMakeLists.txt, main.cc, run.sh and service.yml of cpp-greeter in shop
    When the new application shop runs
    Then exo send greeter.greet answers "Hello Ada" from greeter@0.0.1
    And exo send py-greeter.greet answers "Hello Ada" from py-greeter@0.0.1
    And exo send cpp-greeter.greet answers "Hello Ada" from cpp-greeter@0.0.1
    And exo logs greeter shows "ready to greet"
    When the processes of greeter, py-greeter and cpp-greeter are stopped with SIGSTOP
    Then exo run says that greeter, py-greeter and cpp-greeter are not ready any more, since they give no answer

  Scenario: a service for an application that is there
    Given a copy of the example application
    When somebody types exo add new-greeter --lang js
    Then it has made new-greeter/service.js and new-greeter/service.yml and changed application.yml
    And application.yml differs from the example's only in the lines of new-greeter
    When exo runs the application
    Then exo send new-greeter.greet answers "Hello Ada" from new-greeter@0.0.1

  Scenario: what comes next can be typed as it stands
    Given an empty folder
    When somebody types exo init 'My Shop'
    And somebody types what it says comes next
    Then it has made greeter/service.js and greeter/service.yml and changed application.yml in 'My Shop'

  Scenario Outline: nothing is overwritten: exo <words>
    Given a copy of the example application
    And a greeter/service.yml that says:
      """
      mine: true
      """
    When somebody types exo <words>
    Then it ends with code <code>, saying "<message>"
    And no file of the application has changed

    Examples:
      | words                                | code | message                                          |
      | init                                 | 1    | application.yml' is there already                |
      | add greeter --lang js                | 1    | greeter/service.yml' is there already            |
      | add todo --lang js                   | 1    | has a service "todo" already, on line            |
      | add Todo --lang js                   | 2    | "Todo" is not a role                             |
      | add worker --lang js                 | 2    | would be read as a kind of services              |
      | add greeter2 --lang jss              | 2    | the languages are js, py and cpp                 |
      | add greeter2                         | 2    | --lang is required                               |
      | add greeter2 --lang js --application nowhere | 1 | there is no folder 'nowhere'                 |
      | init /proc/shop                      | 1    | /proc/shop                                       |

/** What `--help` prints. */
export const COMMANDS = ['run', 'import', 'compare', 'conform', 'explore', 'time', 'plugin'] as const
export type CommandName = (typeof COMMANDS)[number]

const GENERAL = `Usage: zonelab <command> [options] …

A lab for Linux memory hotplug, on the command line.

Commands:
  run FILE…       run scenarios and check what they expect
  import FILE…    make a machine of captured text: boot log, /proc/zoneinfo,
                  /proc/iomem, lsmem, a listing of /sys/devices/system/memory
  compare FILE    one scenario under two kernels, or under all of them: where they
                  part, and which decision makes them
  conform DIR…    replay recordings of a real kernel and print every difference
  explore FILE…   every interleaving of a scenario's threads: what breaks, and the
                  shortest story of it
  time FILE       run the threads of a scenario under a simulated clock: who waits
                  for whom, and for how long
  plugin … DIR    new, check, test: for authors of device types

Options:
  --json          print JSON instead of text (each command)
  -h, --help      help; with a command, on that command
  --version       the version

Exit status: 0 everything holds, 1 an expectation failed or a difference was
found, 2 bad input or usage, 3 a mistake of zonelab itself.
`

const BY_COMMAND: Readonly<Record<CommandName, string>> = {
  run: `Usage: zonelab run FILE… [--profile P] [--until N] [--print FORM] [--plugins DIR] [--json]

Runs each scenario (*.zonelab.yaml, or the same as JSON; - is standard input)
and holds its expect blocks against every step.

Options:
  --profile P     the kernel to run as, instead of the scenario's own: a profile
                  (v5.4, rfc-2018-08), a release in between (v5.14), a file with a
                  custom profile, or all: each profile that the scenario is for
  --until N       stop after step N (0 is boot)
  --print FORM    print the machine after the last step instead of the steps:
                  zoneinfo, iomem, lsmem, blocks or log; may be given again
  --plugins DIR   device types of a plugin, or of a folder of plugins, as well;
                  may be given again. They run in a sandbox
  --json          steps with result, log lines and expectations, as JSON
`,
  import: `Usage: zonelab import FILE… [--print FORM] [--out FILE] [--json]

Makes one machine of the captured texts of one machine (- is standard input):
a boot log, /proc/zoneinfo, /proc/iomem, lsmem in any of its forms, a listing of
/sys/devices/system/memory, or several of them. What no text tells stays unknown;
what two texts say differently is a warning.

Options:
  --print FORM    print the machine as zoneinfo, iomem, lsmem or blocks
  --out FILE      write the machine as a scenario without steps
  --json          nodes, blocks, resources and warnings, as JSON
`,
  compare: `Usage: zonelab compare FILE --profile A [--profile B] [--until N] [--print FORM] [--json]
       zonelab compare FILE --profile all [--json]

Runs a scenario under two kernels in lock step and prints, for each step, what
differs from there on and the decisions that cause it (found by flipping one after
the other). With one --profile: the scenario's own kernel against it. With more
than two, or all: a matrix of steps and kernels.

Options:
  --profile P     a profile (v5.4, rfc-2018-08), a release in between (v5.14), a
                  file with a custom profile, or all
  --until N       stop after step N (0 is boot)
  --print FORM    print unified diffs of zoneinfo, iomem, lsmem, blocks or log after
                  each step that changes them; may be given again
  --plugins DIR   as with run
  --json          outline, differences and causes, or the matrix, as JSON

Exit status: 0 nothing differs, 1 something does.
`,
  conform: `Usage: zonelab conform DIR… [--profile P] [--json]

Replays each recording of a real kernel (a folder with scenario.json, or a folder
of such folders) on the model, and prints every difference after every step.

Options:
  --profile P     the kernel to run as; default: that of each recording, or the
                  nearest older one
  --json          recordings, differences and a summary by theme, as JSON
`,
  explore: `Usage: zonelab explore FILE… [--profile P] [--why] [--steps] [--without LOCK] [--exact] [--json]
       zonelab explore FILE --promela [--profile P]

Runs the threads of a scenario's race through every interleaving, after its steps:
invariants, deadlocks, BUGs, lock order, sleeping under a spinlock. What breaks comes
with a trace. Exit status 0: every answer is what the race expects (or, where it
expects nothing, holds).

Options:
  --profile P     as with run; all: each profile that the scenario is for, as a matrix
  --why           where it holds: the locks without which it would not
  --steps         a trace of the fewest steps, not of the fewest switches
  --without LOCK  what if nobody waited for that lock; may be given again
  --exact         compare whole states, not 64-bit hashes of them
  --promela       print the question as a Promela model for SPIN
  --plugins DIR   as with run
  --json          {profile, verdict, invariant, bound, states, transitions, trace, …}
`,
  time: `Usage: zonelab time FILE [--profile P] [--set COST=VALUE] [--trace OUT.json]
                    [--jitter PERCENT [--runs N] [--seed S]] [--plugins DIR] [--json]
       zonelab time --calibration [--json]

Runs the threads of a scenario's timeline at once, after its steps, in simulated
time: total, waits and holds of each lock, critical path. Without --profile also the
variants that the timeline names. Exit status 1: a total is not what the timeline
expects, or a thread never ends.

Options:
  --profile P     the kernel to run as, instead of the scenario's own and its
                  variants; all: each profile that the scenario is for
  --set C=V       another value of a cost, such as device-struct-page-init=34ns;
                  may be given again. Names, units and ranges: docs/calibration.md
  --trace OUT     write the run as Chrome trace JSON, which Perfetto opens; several
                  runs write OUT.NAME.json each
  --jitter P      let durations vary by P percent, and give percentiles over
  --runs N        N runs (default 1000), the first with
  --seed S        seed S (default 1)
  --calibration   print every published figure beside what the timeline computes
  --plugins DIR   as for run
  --json          {profile, total, ideal, criticalPath, locks, threads, …, others},
                  in seconds; others are the variants
`,
  plugin: `Usage: zonelab plugin new DIR [--id ID]
       zonelab plugin check DIR… [--runs N] [--seed S] [--json]
       zonelab plugin test DIR… [--json]

For authors of device types (docs/plugins.md).

  new DIR         writes a small working plugin
  check DIR…      holds a plugin against the rules: its manifest, what its types
                  declare, and the laws, on its samples and on random sequences;
                  what breaks a law comes with the shortest sequence found
  test DIR…       runs the *.zonelab.yaml in the folder with the plugin's types

Options:
  --id ID         of the new plugin, such as org.example.my-hbm
  --runs N        random sequences a type; default 500
  --seed S        another set of them
  --json          the same as JSON
`,
}

export const helpText = (command?: CommandName): string => (command === undefined ? GENERAL : BY_COMMAND[command])

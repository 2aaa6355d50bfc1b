# SPDX-License-Identifier: Apache-2.0
"""Running linger and reading its answer: what the tests of scenes and of programs share."""
import collections
import json
import os
import pathlib
import subprocess
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
try:
    import validate
    VALIDATORS = validate.load_validators()
except ImportError:  # no python3-jsonschema: everything but the shape is looked at
    validate, VALIDATORS = None, {}

# How much longer than usual everything may take: an emulated machine needs that.
PATIENCE = int(os.environ.get('LINGER_TEST_PATIENCE', '1'))
LOOK_S = 60 * PATIENCE  # one look; one that takes longer is a failure of its own
POLL_S = 0.1
NOTHING_STUCK, STUCK = 0, 1


class Wrong(Exception):
    """What linger says is not true, as a sentence."""


def check_shape(text):
    """Raises Wrong where a report is not what the schema says."""
    for complaint in validate.check('report', text, VALIDATORS) if validate else ():
        raise Wrong(complaint)


class Report:
    """One answer of `linger --json`."""

    def __init__(self, text, status, netns=None):
        if status not in (NOTHING_STUCK, STUCK):
            raise Wrong(f'linger ended with {status}')
        check_shape(text)
        self.document = json.loads(text)
        self.status = status
        self.can_bpf = self.document['scope']['can']['bpf']
        self.findings = [f for f in self.document['findings'] if netns in (None, f['netns'])]
        stuck = any(f['severity'] == 'stuck' for f in self.document['findings'])
        if status != (STUCK if stuck else NOTHING_STUCK):
            raise Wrong(f'exit status {status} with {len(self.document["findings"])} findings, '
                        f'{"some" if stuck else "none"} of them stuck')

    def stuck(self):
        return [f for f in self.findings if f['severity'] == 'stuck']

    def tell(self):
        """The findings in a few words, for a failure's message."""
        return '; '.join(tell_finding(f) for f in self.findings) or 'no finding'


def tell_finding(f):
    owners = ', '.join(f'{o["comm"]} {o["pid"]}' for o in f['owners'])
    facts = ' '.join(f'{e["fact"]}={e["value"]}' for e in f['evidence'])
    return (f'{f["count"]} {f["state"]} {f["role"]} {f["endpoint"]} [{owners}]: {f["severity"]} '
            f'{f["cause"]} ({f["confidence"]}, {f["pattern"]}; {facts})')


def run_linger(command, netns=None, **popen):
    """One look. `command` is everything, from nsenter or setpriv to linger's options."""
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=LOOK_S,
                          check=False, **popen)
    if done.stderr:
        raise Wrong(f'on stderr: {done.stderr.decode(errors="replace").strip()}')
    return Report(done.stdout.decode(), done.returncode, netns)


def await_report(look, complain, deadline_s):
    """Looks until complain(report) has nothing to say, or until time is up: then Wrong with what it
    still says. complain() itself raises Wrong for what no waiting can mend."""
    end = time.monotonic() + deadline_s
    while True:
        report = look()
        complaint = complain(report)
        if not complaint:
            return report
        if time.monotonic() > end:
            raise Wrong(f'{complaint}; linger says: {report.tell()}')
        time.sleep(POLL_S)


class Confusion:
    """True cause × reported cause, with how sure linger was; safe between threads."""

    def __init__(self):
        self.cells = collections.Counter()
        self.lock = threading.Lock()

    def note(self, true, reported, confidence, times=1):
        with self.lock:
            self.cells[true, reported, confidence] += times

    def write(self, out, heading):
        """A line for each true cause: what was reported for it, and how often."""
        print(f'\n{heading}', file=out)
        width = max([len(true) for true, _, _ in self.cells] + [0])
        for true in sorted({true for true, _, _ in self.cells}):
            said = sorted((-n, reported, confidence) for (cause, reported, confidence), n
                          in self.cells.items() if cause == true)
            print(f'  {true:{width}}  ' + ', '.join(
                f'{"=" if reported == true else "≠ " + reported} {confidence} × {-n}'
                for n, reported, confidence in said), file=out)

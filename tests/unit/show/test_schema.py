#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Is what show/json writes what docs/schema says, and does the schema refuse anything else?

usage: test_schema.py TEST_SHOW_JSON VALIDATE_PY. TAP on standard output.
"""
import json
import pathlib
import subprocess
import sys
import tempfile


def validate(script, path):
    """Whether validate.py accepts a file."""
    run = subprocess.run([sys.executable, script, path], capture_output=True, text=True, check=False,
                         timeout=60)
    if run.returncode:
        print('#', run.stderr.strip().replace('\n', '\n# '))
    return run.returncode == 0


def spoil(document):
    """Yields documents that must be refused, each wrong in one way."""
    for key in document:
        yield f'without {key}', {k: v for k, v in document.items() if k != key}
    yield 'with a key more', dict(document, more=1)
    yield 'of another schema', dict(document, schema='linger.report/2')
    for key in ('took_ms', 'inode'):
        if key in document:
            yield f'with {key} below zero', dict(document, **{key: -1})


def main():
    program, script = sys.argv[1:3]
    results = []
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([program, '--write', folder], check=True, timeout=60)
        for path in sorted(pathlib.Path(folder).glob('*.json')):
            # An empty file is what no socket at all looks like.
            if path.stat().st_size:
                results.append((validate(script, path), f'{path.name} is what the schema says'))
        spoiled = pathlib.Path(folder) / 'spoiled'
        for name in ('root-report.json', 'root-sockets.json'):
            text = (pathlib.Path(folder) / name).read_text(encoding='utf-8').split('\n')[0]
            # All of them in one file: each line must be refused.
            cases = list(spoil(json.loads(text)))
            spoiled.write_text('\n'.join(json.dumps(case) for _, case in cases), encoding='utf-8')
            run = subprocess.run([sys.executable, script, '--all', spoiled], capture_output=True,
                                 text=True, check=False, timeout=60)
            for number, (what, _) in enumerate(cases, 1):
                results.append((f'spoiled:{number}:' in run.stderr, f'{name} {what} is refused'))
    print(f'1..{len(results)}')
    for number, (good, what) in enumerate(results, 1):
        print('ok' if good else 'not ok', number, '-', what)
    sys.exit(not all(good for good, _ in results))


if __name__ == '__main__':
    main()

#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Fails where linger's JSON is not what docs/schema says.

usage: validate.py [--all] [FILE…] or validate.py -- COMMAND [WORD…]. Reads files, standard input, or
what the command prints (its exit status 0 or 1 is accepted). Every line is one document; its
`schema` field names its schema. Stops at 20 faults unless --all is given.
"""
import json
import pathlib
import subprocess
import sys

import jsonschema

FOLDER = pathlib.Path(__file__).resolve().parent.parent / 'docs' / 'schema'
FAULTS = 20


def load_validators():
    """{schema name: validator}, each schema checked itself."""
    validators = {}
    for path in sorted(FOLDER.glob('*.json')):
        schema = json.loads(path.read_text(encoding='utf-8'))
        jsonschema.Draft202012Validator.check_schema(schema)
        validators[schema['$id']] = jsonschema.Draft202012Validator(schema)
    return validators


def unique(pairs):
    """An object, refused when it says one key twice."""
    keys = [key for key, _ in pairs]
    if len(set(keys)) != len(keys):
        raise ValueError(f'a key stands twice: {keys}')
    return dict(pairs)


def refuse(constant):
    raise ValueError(f'{constant} is no JSON')


def check(name, text, validators):
    """Yields what is wrong in a text of one document a line."""
    for number, line in enumerate(text.split('\n'), 1):
        if not line:
            continue
        try:
            document = json.loads(line, object_pairs_hook=unique, parse_constant=refuse)
        except ValueError as error:
            yield f'{pathlib.Path(name).name}:{number}: {error}'
            continue
        schema = document.get('schema') if isinstance(document, dict) else None
        if schema not in validators:
            yield f'{pathlib.Path(name).name}:{number}: its schema is {schema!r}, not one of {sorted(validators)}'
            continue
        for error in validators[schema].iter_errors(document):
            where = '.'.join(str(part) for part in error.absolute_path)
            yield f'{pathlib.Path(name).name}:{number}: {where or "the whole"}: {error.message}'


def read_inputs(args):
    """Yields (name, bytes) of what is to be checked."""
    if args[:1] == ['--']:
        run = subprocess.run(args[1:], stdout=subprocess.PIPE, check=False, timeout=120)
        if run.returncode not in (0, 1):
            sys.exit(f'{args[1]} ended with {run.returncode}')
        yield args[1], run.stdout
    elif args:
        for name in args:
            yield name, pathlib.Path(name).read_bytes()
    else:
        yield 'stdin', sys.stdin.buffer.read()


def main():
    args = sys.argv[1:]
    most = sys.maxsize if args[:1] == ['--all'] else FAULTS
    args = args[1:] if args[:1] == ['--all'] else args
    validators = load_validators()
    wrong = documents = 0
    for name, data in read_inputs(args):
        text = data.decode('utf-8')
        documents += sum(bool(line) for line in text.split('\n'))
        for message in check(name, text, validators):
            print(message, file=sys.stderr)
            wrong += 1
            if wrong == most:
                sys.exit(1)
    if not wrong and not documents:
        sys.exit('there is nothing to check')
    sys.exit(wrong != 0)


if __name__ == '__main__':
    main()

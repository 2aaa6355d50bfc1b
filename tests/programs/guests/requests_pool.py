# SPDX-License-Identifier: Apache-2.0
"""A requests.Session used by n threads at once, then idle."""
import concurrent.futures
import sys
import time

import requests

url, n = sys.argv[1], int(sys.argv[2])
session = requests.Session()
session.mount('http://', requests.adapters.HTTPAdapter(pool_connections=1, pool_maxsize=n))
with concurrent.futures.ThreadPoolExecutor(n) as pool:
    list(pool.map(lambda _: session.get(url, timeout=60).text, range(n)))
print('idle', flush=True)
time.sleep(1000)

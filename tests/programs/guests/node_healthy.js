// SPDX-License-Identifier: Apache-2.0
// A web server, and a client with a keep-alive agent that is idle after three requests.
const http = require('http');
const [host, peer] = process.argv.slice(2);
const agent = new http.Agent({ keepAlive: true, maxSockets: 3 });
let answered = 0;

http.createServer((request, response) => response.end('ok')).listen(8080, host);
for (let i = 0; i < 3; i++)
	http.get({ host: peer, port: 9001, agent }, (response) => {
		response.resume();
		response.on('end', () => {
			if (++answered === 3)
				console.log('idle');
		});
	});

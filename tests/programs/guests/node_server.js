// SPDX-License-Identifier: Apache-2.0
// Servers that do with their connections what the first argument says.
const net = require('net');
const { execSync } = require('child_process');
const [how, host, peer] = process.argv.slice(2);
const kept = [];

const serve = {
	'paused': (socket) => socket.pause(),
	'half-open': (socket) => socket.resume(),
	'blocked': (socket) => socket.on('data', (data) => {
		socket.write(data, () => {
			if (data.toString() === 'block')
				execSync('sleep 1000');
		});
	}),
	'pipe': (socket) => socket.pipe(net.connect(9001, peer)),
};

net.createServer({ allowHalfOpen: how === 'half-open' }, (socket) => {
	kept.push(socket);
	serve[how](socket);
}).listen(8080, host);

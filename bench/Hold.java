// SPDX-License-Identifier: Apache-2.0
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;

/**
 * A server with a pool of threads that forgets what it accepted, for bench/run to be looked at.
 *
 * <p>usage: java Hold STUCK THREADS. Holds STUCK connections in CLOSE_WAIT whose other end is
 * closed, while THREADS threads wait for work that never comes. Prints "ready" when all stand, and
 * holds them until its standard input ends.
 */
final class Hold {
	private static final int PORT = 8000;
	private static final int FIRST_PORT = 10000; // of the clients: one after the other
	private static final LinkedBlockingQueue<Socket> work = new LinkedBlockingQueue<>();
	private static final List<Socket> forgotten = new ArrayList<>();

	private static void serve() {
		try {
			for (;;)
				work.take().close();
		} catch (InterruptedException | IOException e) {
			Thread.currentThread().interrupt();
		}
	}

	private static void start(int threads) {
		for (int i = 0; i < threads; i++) {
			Thread thread = new Thread(Hold::serve, "worker-" + i);

			thread.setDaemon(true);
			thread.start();
		}
	}

	private static void accept(int stuck) throws IOException {
		InetAddress at = InetAddress.getByName("127.0.1.1");
		InetAddress from = InetAddress.getByName("127.0.1.2");

		try (ServerSocket listener = new ServerSocket(PORT, 128, at)) {
			for (int i = 0; i < stuck; i++)
				try (Socket client = new Socket(at, PORT, from, FIRST_PORT + i)) {
					forgotten.add(listener.accept());
				}
			System.out.println("ready");
			while (System.in.read() > 0)
				;
		}
	}

	public static void main(String[] args) throws IOException {
		start(Integer.parseInt(args[1]));
		accept(Integer.parseInt(args[0]));
	}
}

// SPDX-License-Identifier: Apache-2.0
// HttpURLConnection as it should be used, then sockets that are used once and kept in a list.
import java.net.HttpURLConnection;
import java.net.Socket;
import java.net.URL;
import java.util.ArrayList;
import java.util.List;

public class Leak {
	static final List<Socket> kept = new ArrayList<>();

	public static void main(String[] args) throws Exception {
		for (int i = 0; i < 10; i++) {
			HttpURLConnection c =
				(HttpURLConnection) new URL("http://" + args[0] + ":9000/").openConnection();
			try (var in = c.getInputStream()) {
				in.readAllBytes();
			}
		}
		System.out.println("healthy");
		System.in.read(new byte[64]);
		for (int i = 0; i < 3; i++) {
			Socket s = new Socket(args[0], 9001);
			s.getOutputStream().write("request".getBytes());
			kept.add(s);
		}
		for (Socket s : kept)
			s.getInputStream().readNBytes(6);
		System.out.println("leaked");
		Thread.sleep(1000000);
	}
}

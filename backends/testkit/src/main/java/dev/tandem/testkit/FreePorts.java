package dev.tandem.testkit;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Scanner;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.IntPredicate;
import java.util.stream.Stream;

/**
 * TCP ports for servers that tests start, and stop and start again at the same place.
 *
 * <p>They lie below the range for outgoing connections: a port that the system gives out (port 0) can be taken by any connection
 * that is made while its server is away.
 */
public final class FreePorts {
    /** Above the ports that servers have by default. */
    private static final int FIRST = 10_000;

    private static final int COUNT_MIN = 2_000;
    private static final int END = firstOfOutgoing();
    private static final Set<Integer> GIVEN = ConcurrentHashMap.newKeySet();

    private FreePorts() {}

    /** Where Linux is told otherwise, and as Linux has it else, below which is what other systems have. */
    private static int firstOfOutgoing() {
        int usual = 32_768;
        try (Scanner range =
                new Scanner(Path.of("/proc/sys/net/ipv4/ip_local_port_range"), StandardCharsets.US_ASCII)) {
            int first = range.nextInt();
            return first >= FIRST + COUNT_MIN ? Math.min(first, usual) : usual;
        } catch (IOException e) {
            return usual;
        }
    }

    /** A port that is free on the loopback address now. None is given twice by this JVM. */
    public static int next() {
        return next(port -> true);
    }

    /** A port that is free now, for whose number the condition holds too. */
    public static int next(IntPredicate condition) {
        while (true) {
            int port = FIRST + ThreadLocalRandom.current().nextInt(END - FIRST);
            if (condition.test(port) && isFree(port) && GIVEN.add(port)) {
                return port;
            }
        }
    }

    /** As many ports as asked, as {@link #next()} gives them. */
    public static List<Integer> list(int count) {
        return Stream.generate(FreePorts::next).limit(count).toList();
    }

    /** Whether a server could listen there now. */
    public static boolean isFree(int port) {
        try (ServerSocket socket = new ServerSocket()) {
            socket.setReuseAddress(true);
            socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
            return true;
        } catch (IOException e) {
            return false;
        }
    }
}

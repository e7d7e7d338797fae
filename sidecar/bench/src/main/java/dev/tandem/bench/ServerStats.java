package dev.tandem.bench;

import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a Redis server counts about itself, as INFO tells it.
 *
 * @param commands by their names; those that scripts call are among them
 * @param cpuMicros of all its threads, since its start
 * @param usedBytes what it has allocated
 * @param toBeFreed objects that were unlinked and still take memory
 */
record ServerStats(Map<String, Calls> commands, double cpuMicros, long usedBytes, long toBeFreed) {
    /**
     * One command.
     *
     * @param micros that all calls took together; of a script, with the commands that it called
     */
    record Calls(long calls, long micros) {
        static final Calls NONE = new Calls(0, 0);
    }

    private static final Pattern COMMAND = Pattern.compile("cmdstat_([^:]+):calls=(\\d+),usec=(\\d+),.*");
    private static final Pattern NUMBER = Pattern.compile("([a-z_]+):([0-9.]+)");

    static ServerStats parse(String info) {
        Map<String, Calls> commands = new TreeMap<>();
        Map<String, Double> numbers = new TreeMap<>();
        info.lines().forEach(line -> {
            Matcher command = COMMAND.matcher(line.trim());
            if (command.matches()) {
                commands.put(
                        command.group(1),
                        new Calls(Long.parseLong(command.group(2)), Long.parseLong(command.group(3))));
                return;
            }
            Matcher number = NUMBER.matcher(line.trim());
            if (number.matches() && number.group(2).matches("\\d+(\\.\\d+)?")) {
                numbers.put(number.group(1), Double.parseDouble(number.group(2)));
            }
        });
        return new ServerStats(
                commands,
                (numbers.getOrDefault("used_cpu_sys", 0.0) + numbers.getOrDefault("used_cpu_user", 0.0)) * 1e6,
                numbers.getOrDefault("used_memory", 0.0).longValue(),
                numbers.getOrDefault("lazyfree_pending_objects", 0.0).longValue());
    }

    /** What was called since then, and what it cost. Asking for this itself is left out. */
    ServerStats since(ServerStats before) {
        Map<String, Calls> more = new TreeMap<>();
        commands.forEach((name, now) -> {
            Calls then = before.commands.getOrDefault(name, Calls.NONE);
            if (now.calls > then.calls && !name.equals("info")) {
                more.put(name, new Calls(now.calls - then.calls, now.micros - then.micros));
            }
        });
        return new ServerStats(more, cpuMicros - before.cpuMicros, usedBytes, toBeFreed);
    }

    /** What the requests took that came from clients; where there are scripts, they did all else. */
    long requestMicros() {
        boolean isByScripts = commands.keySet().stream().anyMatch(ServerStats::isScript);
        return commands.entrySet().stream()
                .filter(entry -> !isByScripts || isScript(entry.getKey()))
                .mapToLong(entry -> entry.getValue().micros())
                .sum();
    }

    private static boolean isScript(String command) {
        return command.equals("evalsha") || command.equals("eval");
    }
}

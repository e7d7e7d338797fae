package dev.tandem.store.redis.link;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How a link stands at one moment, and what has happened on it since it was opened.
 *
 * @param servers the primaries that it leads to, in the order of their addresses
 */
public record LinkStatus(List<Server> servers, Counts counts) {
    /** Of a link that was never asked. */
    public static final LinkStatus NONE = new LinkStatus(List.of(), new Counts(0, 0, 0, 0, 0, 0, 0, 0));

    /**
     * One primary, and the connections to it that calls share.
     *
     * @param address as {@link RedisDurability#server}; all that were named, while it is not known which one it is
     * @param up connections that serve calls
     * @param connecting those that are being made, while calls wait
     * @param down those that could not be made, while calls are refused at once and the tries go on
     * @param unfit those of the {@code down} ones where the server was reached and refused: it is another thing than it
     *     should be, or promises less than is required
     * @param calls that wait or are under way
     * @param callBytes what these hold
     * @param durability null while it has not been reached
     */
    public record Server(
            String address,
            int up,
            int connecting,
            int down,
            int unfit,
            int calls,
            long callBytes,
            @Nullable RedisDurability durability) {
        Server and(Server other) {
            return new Server(
                    address,
                    up + other.up,
                    connecting + other.connecting,
                    down + other.down,
                    unfit + other.unfit,
                    calls + other.calls,
                    callBytes + other.callBytes,
                    durability == null ? other.durability : durability);
        }

        Server with(RedisDurability said) {
            return new Server(address, up, connecting, down, unfit, calls, callBytes, said);
        }
    }

    /**
     * What has happened.
     *
     * @param connectionsMade with a primary that was found fit
     * @param connectionsLost of those that served calls
     * @param overloaded calls refused because a bound was reached
     * @param timedOut calls that were not answered in time
     * @param moved calls that another node of the cluster had to be asked for good
     * @param asked calls that another node of the cluster had to be asked once
     * @param triedAgain pauses of calls whose slot was moving
     * @param waitShortfalls writes that fewer replicas or disks acknowledged in time than is required
     */
    public record Counts(
            long connectionsMade,
            long connectionsLost,
            long overloaded,
            long timedOut,
            long moved,
            long asked,
            long triedAgain,
            long waitShortfalls) {}
}

package dev.tandem.store.raft.node;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.UUID;

/**
 * What a node says of itself first.
 *
 * @param format that it speaks; if that is newer than ours, nothing behind the version is known
 * @param version the program's
 * @param cluster the cluster's name
 * @param clusterId a random name that no other cluster has; {@link #UNKNOWN} if the node does not know it as yet
 * @param nodeId the node's own
 * @param startId random, anew for each start
 * @param groups how many there are
 * @param isOnDisk whether what is answered is on the disks of most members
 * @param messageBytesMax the longest message that it takes
 */
record NodeHello(
        int format,
        String version,
        String cluster,
        UUID clusterId,
        UUID nodeId,
        UUID startId,
        int groups,
        boolean isOnDisk,
        int messageBytesMax) {
    static final UUID UNKNOWN = new UUID(0, 0);

    void write(DataOutput out) throws IOException {
        out.writeInt(format);
        out.writeUTF(version);
        out.writeUTF(cluster);
        write(clusterId, out);
        write(nodeId, out);
        write(startId, out);
        out.writeInt(groups);
        out.writeBoolean(isOnDisk);
        out.writeInt(messageBytesMax);
    }

    private static void write(UUID id, DataOutput out) throws IOException {
        out.writeLong(id.getMostSignificantBits());
        out.writeLong(id.getLeastSignificantBits());
    }

    static NodeHello read(DataInput in) throws IOException {
        int format = in.readInt();
        String version = in.readUTF();
        if (format > Wire.FORMAT) {
            return new NodeHello(format, version, "", UNKNOWN, UNKNOWN, UNKNOWN, 0, false, 0);
        }
        return new NodeHello(
                format,
                version,
                in.readUTF(),
                readId(in),
                readId(in),
                readId(in),
                in.readInt(),
                in.readBoolean(),
                in.readInt());
    }

    private static UUID readId(DataInput in) throws IOException {
        return new UUID(in.readLong(), in.readLong());
    }

    /** Whether both are nodes of one cluster, as far as they know. */
    boolean isOfOneClusterWith(NodeHello other) {
        return cluster.equals(other.cluster)
                && (clusterId.equals(other.clusterId) || clusterId.equals(UNKNOWN) || other.clusterId.equals(UNKNOWN));
    }
}

package dev.tandem.store.raft.node;

import dev.tandem.store.FailureKind;
import dev.tandem.task.CodecException;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufInputStream;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.internal.buffer.BufferInternal;
import io.vertx.grpc.common.GrpcMessageDecoder;
import io.vertx.grpc.common.GrpcMessageEncoder;
import io.vertx.grpc.common.ServiceMethod;
import io.vertx.grpc.common.ServiceName;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * What a sidecar and a node say to each other.
 *
 * <p>One call of gRPC is one link, for as long as it holds. Each of its messages is a pack: of the link's own messages, one behind
 * the other, each with its length (4 bytes, of what follows), its type (1 byte) and its body. The first one in each
 * direction is the {@link #HELLO}, which begins with the number of the format; it is the only one that will never change its
 * beginning.
 */
final class Wire {
    /** The format that is spoken. A side that is told of a newer one says so in a sentence, and ends the link. */
    static final int FORMAT = 1;

    /** Of a pack, without the last message that it has room for. */
    static final int PACK_BYTES = 64 * 1024;

    /** As many as there are bits in a set of groups. */
    static final int GROUPS_MAX = Long.SIZE;

    /** In both directions. */
    static final int HELLO = 1;

    // From the sidecar to the node.
    /** id, group, milliseconds to try, batch. */
    static final int APPLY = 2;
    /** id, group, milliseconds to try, whether it may be answered from what the node has applied, question. */
    static final int READ = 3;
    /** A number to be sent back. */
    static final int PING = 4;
    /** A number to be sent back, the groups whose changes are wanted, one bit each. */
    static final int WATCH = 5;

    // From the node to the sidecar.
    /** id, how many outcomes the batch has, or -1 if it is not known any more; as many of them as go into this message. */
    static final int APPLIED = 16;
    /** id, answer. */
    static final int ANSWER = 17;
    /** id, what kind of failure, a sentence. */
    static final int FAILED = 18;
    /** The number of a {@link #PING}. */
    static final int PONG = 19;
    /** The groups that the node leads, each with its term. */
    static final int LEADS = 20;
    /** The number of a {@link #WATCH}: changes from now on will be told. */
    static final int WATCHED = 21;
    /** Groups and namespaces whose tasks have changed; none of them if any may have. */
    static final int CHANGED = 22;
    /** The node goes; it finishes what is under way. */
    static final int LEAVING = 23;
    /** Whether trying again is in vain, and why the link ends, in a sentence. */
    static final int REFUSED = 24;

    /** A failure that is none of {@link dev.tandem.store.FailureKind}: a defect. */
    static final int DEFECT = 255;

    private static final ServiceName SERVICE = ServiceName.create("tandem.node.v1", "NodeService");
    private static final String METHOD = "Link";

    static final ServiceMethod<Buffer, Buffer> ON_SERVER =
            ServiceMethod.server(SERVICE, METHOD, GrpcMessageEncoder.IDENTITY, GrpcMessageDecoder.IDENTITY);
    static final ServiceMethod<Buffer, Buffer> ON_CLIENT =
            ServiceMethod.client(SERVICE, METHOD, GrpcMessageEncoder.IDENTITY, GrpcMessageDecoder.IDENTITY);

    private static final int LENGTH_BYTES = Integer.BYTES;

    private Wire() {}

    /** Of a group, from 1 on, in a set of them. */
    static long bit(int group) {
        return 1L << (group - 1);
    }

    static int code(FailureKind kind) {
        return switch (kind) {
            case NOT_APPLIED -> 1;
            case MAYBE_APPLIED -> 2;
            case OVERLOADED -> 3;
            case FENCED -> 4;
            case DEADLINE_PASSED -> 5;
            case CORRUPT -> 6;
        };
    }

    /** Null for a defect. */
    static @Nullable FailureKind kind(int code) {
        for (FailureKind kind : FailureKind.values()) {
            if (code(kind) == code) {
                return kind;
            }
        }
        return null;
    }

    /** Takes messages out of packs. */
    @FunctionalInterface
    interface Messages {
        /** Reads {@code body} at once; it has no more bytes than the message. */
        void message(int type, ByteBufInputStream body) throws IOException;
    }

    /**
     * Reads a pack.
     *
     * @throws CodecException if it is none
     */
    static void read(Buffer pack, Messages to) throws IOException {
        ByteBuf bytes = ((BufferInternal) pack).getByteBuf();
        while (bytes.isReadable()) {
            int length = bytes.readableBytes() < LENGTH_BYTES ? 0 : bytes.readInt();
            if (length < 1 || length > bytes.readableBytes()) {
                throw new CodecException(
                        "a message has " + length + " bytes, in a pack with " + bytes.readableBytes() + " left");
            }
            int type = bytes.readUnsignedByte();
            to.message(type, new ByteBufInputStream(bytes.readSlice(length - 1)));
        }
    }
}

/** The gRPC surface: services, the mapping between messages and tasks, and the one status map. */
@NullMarked
package dev.tandem.grpc;

import org.jspecify.annotations.NullMarked;

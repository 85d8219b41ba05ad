"""The one DynamoDB table (docs/architecture.md): the only code that knows DynamoDB. One module a
noun."""

from handler.store.conversations import Conversations
from handler.store.guests import Guests, NameTaken
from handler.store.ledger import Ledger
from handler.store.messages import Messages
from handler.store.replies import Replies
from handler.store.switch import SwitchStore
from handler.store.table import Table
from handler.store.turn_log import TurnLog
from handler.store.turns import Turns
from handler.store.worker_jobs import WorkerJobs

__all__ = ["NameTaken", "Store"]


class Store:
    def __init__(self, table: Table) -> None:
        self.guests = Guests(table)
        self.switch = SwitchStore(table)
        self.ledger = Ledger(table)
        self.worker_jobs = WorkerJobs(table)
        self.turn_log = TurnLog(table)
        self.turns = Turns(table, self.turn_log)
        self.replies = Replies(table, self.turn_log)
        self.messages = Messages(table, self.turn_log, self.turns, self.replies)
        self.conversations = Conversations(table, self.messages)

"""Every action that has keys. Written by scripts/docs.py: change the code, then run `make docs`.

The keys in the configuration file are checked with it, without importing any screen.
"""

BINDINGS = """\
AstroApp app.quit ctrl+q
AstroApp app.copy-or-quit ctrl+c
AstroApp app.suspend ctrl+z
AstroApp app.palette ctrl+p
AstroApp app.command colon
AstroApp app.messages at
AccountsScreen session.web-page o
AccountsScreen session.times t
AccountsScreen session.sign-in I
AccountsScreen accounts.filter slash
AccountsScreen accounts.open enter
AccountsScreen accounts.previous minus
AccountsScreen accounts.refresh r,ctrl+r
AccountsScreen accounts.clear escape
AccountsScreen accounts.back q,A
AccountsScreen app.help question_mark,f1
ActionBox box.close escape
FilteredPane section.filter slash
FilteredPane section.clear-filter escape
LetterMenu box.close escape
SavePrompt save.take-name tab
SearchBox box.close escape
BlueprintScreen session.web-page o
BlueprintScreen session.times t
BlueprintScreen session.sign-in I
BlueprintScreen blueprint.back escape,q
BlueprintScreen blueprint.refresh r,ctrl+r
BlueprintScreen blueprint.previous less_than_sign
BlueprintScreen blueprint.next greater_than_sign
BlueprintScreen blueprint.copy y
BlueprintScreen blueprint.save W
BlueprintScreen blueprint.diff d
BlueprintScreen blueprint.spec 1
BlueprintScreen blueprint.record 2
BlueprintScreen blueprint.builds 3
BlueprintScreen blueprint.readme 4
BlueprintScreen blueprint.card 5
BlueprintScreen blueprint.previous-section left_square_bracket
BlueprintScreen blueprint.next-section right_square_bracket
BlueprintScreen blueprint.other-pane tab
BlueprintScreen app.help question_mark,f1
CatalogScreen session.web-page o
CatalogScreen session.times t
CatalogScreen session.sign-in I
CatalogScreen catalog.search slash
CatalogScreen catalog.open enter
CatalogScreen catalog.sort s
CatalogScreen catalog.publisher P
CatalogScreen catalog.mine m
CatalogScreen catalog.refresh r,ctrl+r
CatalogScreen catalog.copy y
CatalogScreen catalog.clear escape
CatalogScreen catalog.back q
CatalogScreen app.help question_mark,f1
AgentChoice session.web-page o
AgentChoice session.times t
AgentChoice session.accounts A
AgentChoice session.sign-in I
AgentChoice agent-choice.back escape
AgentChoice agent-choice.choose enter
DeploymentScreen session.web-page o
DeploymentScreen session.times t
DeploymentScreen session.accounts A
DeploymentScreen session.sign-in I
DeploymentScreen session.pause p
DeploymentScreen deployment.back escape,q
DeploymentScreen deployment.refresh r,ctrl+r
DeploymentScreen deployment.previous less_than_sign
DeploymentScreen deployment.next greater_than_sign
DeploymentScreen deployment.copy y
DeploymentScreen deployment.save W
DeploymentScreen deployment.other full_stop
DeploymentScreen deployment.spec 1
DeploymentScreen deployment.record 2
DeploymentScreen deployment.history 3
DeploymentScreen deployment.workloads 4
DeploymentScreen deployment.events 5
DeploymentScreen deployment.why 6
DeploymentScreen deployment.logs 7
DeploymentScreen deployment.previous-section left_square_bracket
DeploymentScreen deployment.next-section right_square_bracket
DeploymentScreen deployment.actions a
DeploymentScreen deployment.diff d
DeploymentScreen deployment.compare D
DeploymentScreen deployment.full-height f
DeploymentScreen deployment.other-pane tab
DeploymentScreen app.help question_mark,f1
HistoryPane history.diff d
HistoryPane history.other-pane tab
LogsPane log.sources P
LogSide log.search slash
LogSide log.next n
LogSide log.previous N
LogSide log.only ampersand
LogSide log.level L
LogSide log.errors e
LogSide log.templates number_sign
LogSide log.clear escape
SourceTable log-sources.mark space
SourceTable log-sources.all a
SourceTable log-sources.cancel escape,q
SpecPane spec.more-past plus
WhyPane why.logs l
DiffScreen session.web-page o
DiffScreen session.times t
DiffScreen session.accounts A
DiffScreen session.sign-in I
DiffScreen diff.back escape,q
DiffScreen diff.swap x
DiffScreen diff.compare D,d
DiffScreen diff.copy y
DiffScreen diff.try-again r,ctrl+r
DiffScreen app.help question_mark,f1
MessagesScreen messages.copy ctrl+y
NodesPane section.problems e
NodesPane section.sort s
NodesPane section.logs enter,l
PaletteScreen palette.complete tab
PickerScreen session.web-page o
PickerScreen session.times t
PickerScreen session.accounts A
PickerScreen session.sign-in I
PickerScreen session.pause p
PickerScreen picker.filter slash
PickerScreen picker.open enter
PickerScreen picker.sort s
PickerScreen picker.reverse S
PickerScreen picker.refresh r,ctrl+r
PickerScreen picker.problems e
PickerScreen picker.preview i
PickerScreen picker.copy y
PickerScreen picker.diff d
PickerScreen picker.compare D
PickerScreen picker.spec 1
PickerScreen picker.record 2
PickerScreen picker.history 3
PickerScreen picker.workloads 4
PickerScreen picker.events 5
PickerScreen picker.why 6
PickerScreen picker.logs 7,l
PickerScreen picker.actions a
PickerScreen picker.catalog c
PickerScreen picker.clear escape
PickerScreen picker.previous-account minus
PickerScreen app.help question_mark,f1
PickerScreen picker.quit q
SignInScreen sign-in.open o
SignInScreen sign-in.copy-address y
SignInScreen sign-in.copy-code Y
SignInScreen sign-in.start-over r,ctrl+r
SignInScreen sign-in.cancel escape,q
SignInScreen app.help question_mark,f1
ViewerScreen viewer.copy y
ViewerScreen viewer.save W
ViewerScreen app.help question_mark,f1
ViewerScreen viewer.quit q
WelcomeScreen welcome.sign-in l
WelcomeScreen welcome.demo d
WelcomeScreen welcome.catalog c
WelcomeScreen welcome.try-again r
WelcomeScreen app.help question_mark,f1
WelcomeScreen welcome.quit q
DiffView diff.next-change n
DiffView diff.previous-change N
DiffView diff.everything equals_sign
DiffView diff.more-context right_curly_bracket
DiffView diff.less-context left_curly_bracket
DiffView diff.side-by-side b
DiffView diff.wrap w
DiffView diff.noise i
DiffView diff.fold enter,space,l,right,h,left
SearchedSide document.search slash
SearchedSide document.next-match n
SearchedSide document.previous-match N
SearchedSide document.only-matches ampersand
SearchedSide document.clear escape
SpecSide document.next-form m
SpecSide document.value v
SpecSide document.pager V
SpecSide document.wrap w
SpecSide document.widen f
SpecSide document.reveal x
SpecSide document.other-pane tab
FoldingList tree.out h,left
FoldingList tree.into l,right
FoldingList tree.toggle space,za
FoldingList tree.fold-below H,shift+left
FoldingList tree.unfold-below L,shift+right
FoldingList tree.next-sibling J,shift+down
FoldingList tree.previous-sibling K,shift+up
FoldingList tree.unfold-all equals_sign,zR
FoldingList tree.fold-all minus,zM
FoldingList tree.depth-1 z1
FoldingList tree.fold-siblings zs
FoldingList tree.center zz
FoldingList tree.depth-2 z2
FoldingList tree.depth-3 z3
FoldingList tree.depth-4 z4
FoldingList tree.depth-5 z5
FoldingList tree.depth-6 z6
FoldingList tree.depth-7 z7
FoldingList tree.depth-8 z8
FoldingList tree.depth-9 z9
SpecTree document.reveal x
TextView document.reveal x
ValueText scroll.down j
ValueText scroll.up k
ValueText scroll.page-down ctrl+d,ctrl+f
ValueText scroll.page-up ctrl+u
ValueText scroll.start g
ValueText scroll.end G
FoldingTable list.fold space
RowList list.down down,j
RowList list.up up,k
RowList list.page-down pagedown,ctrl+f
RowList list.page-up pageup
RowList list.half-page-down ctrl+d
RowList list.half-page-up ctrl+u
RowList list.first g,home
RowList list.last G,end
RowList list.choose enter
Scroller scroll.down j
Scroller scroll.up k
Scroller scroll.page-down ctrl+d,ctrl+f
Scroller scroll.page-up ctrl+u
Scroller scroll.start g
Scroller scroll.end G
MarkingTable list.mark space
LogView log.unfold l,right
LogView log.fold h,left
LogView log.toggle space
LogView log.wrap w
LogView log.times t
LogView log.reveal x
MarkdownView markdown.page-down space
MarkdownView markdown.page-up b
"""
"""Class, id of an action, and its keys as Textual names them."""
TOGETHER = """\
accounts: AstroApp AccountsScreen RowList MarkingTable FoldingTable
actions.argument: AstroApp ActionBox RowList MarkingTable FoldingTable
actions.arm: AstroApp ActionBox
actions.confirm: AstroApp ActionBox
actions.journal: AstroApp ActionBox
actions.menu: AstroApp ActionBox RowList MarkingTable FoldingTable
blueprint: AstroApp BlueprintScreen SearchedSide SpecSide FoldingList RowList SpecTree TextView ValueText
  MarkingTable FoldingTable Scroller MarkdownView
blueprint.sections.builds: AstroApp BlueprintScreen SearchedSide SpecSide FoldingList RowList SpecTree
  TextView ValueText MarkingTable FoldingTable Scroller MarkdownView
blueprint.sections.record: AstroApp BlueprintScreen SearchedSide SpecSide FoldingList RowList SpecTree
  TextView ValueText MarkingTable FoldingTable Scroller MarkdownView
blueprint.sections.spec: AstroApp BlueprintScreen SearchedSide SpecSide FoldingList RowList SpecTree TextView
  ValueText MarkingTable FoldingTable Scroller MarkdownView
blueprint.sections.text: AstroApp BlueprintScreen SearchedSide SpecSide FoldingList RowList SpecTree TextView
  ValueText MarkingTable FoldingTable Scroller MarkdownView
catalog: AstroApp CatalogScreen RowList MarkingTable FoldingTable
comparing: AstroApp AgentChoice RowList MarkingTable FoldingTable
deployment: AstroApp DeploymentScreen
deployment.sections.events: AstroApp DeploymentScreen NodesPane FilteredPane RowList MarkingTable FoldingTable
deployment.sections.history: AstroApp DeploymentScreen HistoryPane FilteredPane RowList DiffView MarkingTable
  FoldingTable
deployment.sections.logs: AstroApp DeploymentScreen LogsPane LogSide SourceTable RowList SearchedSide SpecSide
  FoldingList SpecTree TextView ValueText MarkingTable FoldingTable LogView
deployment.sections.record: AstroApp DeploymentScreen RowList MarkingTable FoldingTable Scroller MarkdownView
deployment.sections.spec: AstroApp DeploymentScreen SpecPane SearchedSide SpecSide FoldingList RowList
  SpecTree TextView ValueText
deployment.sections.why: AstroApp DeploymentScreen WhyPane RowList MarkingTable FoldingTable
deployment.sections.workloads: AstroApp DeploymentScreen NodesPane FilteredPane RowList MarkingTable
  FoldingTable
deployment.sections.logs.sources: AstroApp RowList MarkingTable FoldingTable
diff: AstroApp DiffScreen RowList DiffView
help: AstroApp SearchBox RowList MarkingTable FoldingTable
messages: AstroApp MessagesScreen SearchBox RowList MarkingTable FoldingTable
palette: AstroApp PaletteScreen SearchBox RowList MarkingTable FoldingTable
picker: AstroApp PickerScreen RowList MarkingTable FoldingTable Scroller MarkdownView
sign_in: AstroApp SignInScreen
viewer: AstroApp ViewerScreen SearchedSide SpecSide FoldingList RowList SpecTree TextView ValueText
welcome: AstroApp WelcomeScreen
base.letter_menu: AstroApp LetterMenu RowList MarkingTable FoldingTable
base.save_prompt: AstroApp SavePrompt
"""
"""Place: the classes whose keys can work there at the same time. Long lines continue with an indent."""
